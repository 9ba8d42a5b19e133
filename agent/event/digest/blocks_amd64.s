//go:build !purego

#include "textflag.h"

// The round constants and, behind them, the mask that turns the bytes of four words around (FIPS 180-4, 4.2.2 and 3.1).
DATA constants<>+0(SB)/8, $0x71374491428a2f98
DATA constants<>+8(SB)/8, $0xe9b5dba5b5c0fbcf
DATA constants<>+16(SB)/8, $0x59f111f13956c25b
DATA constants<>+24(SB)/8, $0xab1c5ed5923f82a4
DATA constants<>+32(SB)/8, $0x12835b01d807aa98
DATA constants<>+40(SB)/8, $0x550c7dc3243185be
DATA constants<>+48(SB)/8, $0x80deb1fe72be5d74
DATA constants<>+56(SB)/8, $0xc19bf1749bdc06a7
DATA constants<>+64(SB)/8, $0xefbe4786e49b69c1
DATA constants<>+72(SB)/8, $0x240ca1cc0fc19dc6
DATA constants<>+80(SB)/8, $0x4a7484aa2de92c6f
DATA constants<>+88(SB)/8, $0x76f988da5cb0a9dc
DATA constants<>+96(SB)/8, $0xa831c66d983e5152
DATA constants<>+104(SB)/8, $0xbf597fc7b00327c8
DATA constants<>+112(SB)/8, $0xd5a79147c6e00bf3
DATA constants<>+120(SB)/8, $0x1429296706ca6351
DATA constants<>+128(SB)/8, $0x2e1b213827b70a85
DATA constants<>+136(SB)/8, $0x53380d134d2c6dfc
DATA constants<>+144(SB)/8, $0x766a0abb650a7354
DATA constants<>+152(SB)/8, $0x92722c8581c2c92e
DATA constants<>+160(SB)/8, $0xa81a664ba2bfe8a1
DATA constants<>+168(SB)/8, $0xc76c51a3c24b8b70
DATA constants<>+176(SB)/8, $0xd6990624d192e819
DATA constants<>+184(SB)/8, $0x106aa070f40e3585
DATA constants<>+192(SB)/8, $0x1e376c0819a4c116
DATA constants<>+200(SB)/8, $0x34b0bcb52748774c
DATA constants<>+208(SB)/8, $0x4ed8aa4a391c0cb3
DATA constants<>+216(SB)/8, $0x682e6ff35b9cca4f
DATA constants<>+224(SB)/8, $0x78a5636f748f82ee
DATA constants<>+232(SB)/8, $0x8cc7020884c87814
DATA constants<>+240(SB)/8, $0xa4506ceb90befffa
DATA constants<>+248(SB)/8, $0xc67178f2bef9a3f7
DATA constants<>+256(SB)/8, $0x0405060700010203
DATA constants<>+264(SB)/8, $0x0c0d0e0f08090a0b
GLOBL constants<>(SB), RODATA|NOPTR, $272

// LOAD reads four words of a message.
#define LOAD(from, m) \
	VMOVDQU from, m;   \
	PSHUFB  X15, m

// ROUNDS does four rounds. m are the words of the message for them, abef and cdgh the state.
#define ROUNDS(k, m, abef, cdgh) \
	VPADDD k(AX), m, X0;          \
	SHA256RNDS2 X0, abef, cdgh;   \
	PSHUFD $0x0e, X0, X0;         \
	SHA256RNDS2 X0, cdgh, abef

// NEXT makes the words for the four rounds after those of m3 in m0, in which those of 16 rounds before are, and of which
// SHA256MSG1 was told already.
#define NEXT(m0, m2, m3) \
	VPALIGNR $4, m2, m3, X14; \
	PADDD    X14, m0;          \
	SHA256MSG2 m3, m0

// GROUP is the rounds of both messages.
#define GROUP(k, ma, mb) \
	ROUNDS(k, ma, X1, X2); \
	ROUNDS(k, mb, X3, X4)

// func blocks(a, b *state, dataA, dataB *byte, n int)
TEXT ·blocks(SB), NOSPLIT, $0-40
	MOVQ a+0(FP), DI
	MOVQ b+8(FP), SI
	MOVQ dataA+16(FP), R8
	MOVQ dataB+24(FP), R9
	MOVQ n+32(FP), CX
	LEAQ constants<>(SB), AX
	VMOVDQU 256(AX), X15
	VMOVDQU (DI), X1
	VMOVDQU 16(DI), X2
	VMOVDQU (SI), X3
	VMOVDQU 16(SI), X4

next:
	LOAD(0(R8), X5)
	LOAD(0(R9), X9)
	GROUP(0, X5, X9)
	LOAD(16(R8), X6)
	LOAD(16(R9), X10)
	GROUP(16, X6, X10)
	SHA256MSG1 X6, X5
	SHA256MSG1 X10, X9
	LOAD(32(R8), X7)
	LOAD(32(R9), X11)
	GROUP(32, X7, X11)
	SHA256MSG1 X7, X6
	SHA256MSG1 X11, X10
	LOAD(48(R8), X8)
	LOAD(48(R9), X12)
	GROUP(48, X8, X12)
	NEXT(X5, X7, X8)
	NEXT(X9, X11, X12)
	SHA256MSG1 X8, X7
	SHA256MSG1 X12, X11
	GROUP(64, X5, X9)
	NEXT(X6, X8, X5)
	NEXT(X10, X12, X9)
	SHA256MSG1 X5, X8
	SHA256MSG1 X9, X12
	GROUP(80, X6, X10)
	NEXT(X7, X5, X6)
	NEXT(X11, X9, X10)
	SHA256MSG1 X6, X5
	SHA256MSG1 X10, X9
	GROUP(96, X7, X11)
	NEXT(X8, X6, X7)
	NEXT(X12, X10, X11)
	SHA256MSG1 X7, X6
	SHA256MSG1 X11, X10
	GROUP(112, X8, X12)
	NEXT(X5, X7, X8)
	NEXT(X9, X11, X12)
	SHA256MSG1 X8, X7
	SHA256MSG1 X12, X11
	GROUP(128, X5, X9)
	NEXT(X6, X8, X5)
	NEXT(X10, X12, X9)
	SHA256MSG1 X5, X8
	SHA256MSG1 X9, X12
	GROUP(144, X6, X10)
	NEXT(X7, X5, X6)
	NEXT(X11, X9, X10)
	SHA256MSG1 X6, X5
	SHA256MSG1 X10, X9
	GROUP(160, X7, X11)
	NEXT(X8, X6, X7)
	NEXT(X12, X10, X11)
	SHA256MSG1 X7, X6
	SHA256MSG1 X11, X10
	GROUP(176, X8, X12)
	NEXT(X5, X7, X8)
	NEXT(X9, X11, X12)
	SHA256MSG1 X8, X7
	SHA256MSG1 X12, X11
	GROUP(192, X5, X9)
	NEXT(X6, X8, X5)
	NEXT(X10, X12, X9)
	SHA256MSG1 X5, X8
	SHA256MSG1 X9, X12
	GROUP(208, X6, X10)
	NEXT(X7, X5, X6)
	NEXT(X11, X9, X10)
	GROUP(224, X7, X11)
	NEXT(X8, X6, X7)
	NEXT(X12, X10, X11)
	GROUP(240, X8, X12)
	VPADDD (DI), X1, X1
	VPADDD 16(DI), X2, X2
	VPADDD (SI), X3, X3
	VPADDD 16(SI), X4, X4
	VMOVDQU X1, (DI)
	VMOVDQU X2, 16(DI)
	VMOVDQU X3, (SI)
	VMOVDQU X4, 16(SI)
	ADDQ $64, R8
	ADDQ $64, R9
	DECQ CX
	JNZ  next
	RET

// func extensions() uint32
TEXT ·extensions(SB), NOSPLIT, $0-4
	MOVL $7, AX
	XORL CX, CX
	CPUID
	MOVL BX, ret+0(FP)
	RET
