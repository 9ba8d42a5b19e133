package config

// Format says what names the fields of an output's events have.
type Format string

// The formats.
const (
	Native Format = "native" // those of the API server
	ECS    Format = "ecs"    // those of the Elastic Common Schema and of Elastic's Kubernetes integration; see package ecs
)
