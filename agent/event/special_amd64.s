//go:build !purego

#include "textflag.h"

// func specialAVX2(b *byte, bits *byte, n int)
TEXT ·specialAVX2(SB), NOSPLIT, $0-24
	MOVQ b+0(FP), SI
	MOVQ bits+8(FP), DI
	MOVQ n+16(FP), CX
	MOVL $'"', AX
	VMOVD AX, X8
	VPBROADCASTB X8, Y8
	MOVL $'\\', AX
	VMOVD AX, X9
	VPBROADCASTB X9, Y9
	MOVL $0x1f, AX // the last control character
	VMOVD AX, X10
	VPBROADCASTB X10, Y10

next:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	VPCMPEQB Y0, Y8, Y2  // quotes
	VPCMPEQB Y1, Y8, Y3
	VPCMPEQB Y0, Y9, Y4  // backslashes
	VPCMPEQB Y1, Y9, Y5
	VPMINUB  Y0, Y10, Y6 // control characters: those that are not above the last one
	VPMINUB  Y1, Y10, Y7
	VPCMPEQB Y0, Y6, Y6
	VPCMPEQB Y1, Y7, Y7
	VPOR Y2, Y4, Y2
	VPOR Y3, Y5, Y3
	VPOR Y2, Y6, Y2
	VPOR Y3, Y7, Y3
	VPMOVMSKB Y2, AX
	VPMOVMSKB Y3, BX
	SHLQ $32, BX
	ORQ  BX, AX
	MOVQ AX, (DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ  next
	VZEROUPPER
	RET
