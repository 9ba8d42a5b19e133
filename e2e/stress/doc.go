// Package stress rotates logs at speed, by every way in which logs are rotated, under the built agent and, beside it, under
// github.com/nxadm/tail. The settings are those of the rotation stress test of Grafana Alloy (rotation_stress_test.go of
// loki.source.file, TestFileRotationStress_HighVolume): five logs, a line every 2 ms in each, a rotation every 200 lines or
// 500 ms, for a minute.
package stress
