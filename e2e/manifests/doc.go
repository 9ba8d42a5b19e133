// Package manifests has the tests of what deploy/ gives to Kubernetes: it renders the kustomize overlays and the Helm chart by the
// libraries of kubectl and helm themselves, and holds them against each other, against the agent and against what they
// promise. A module of its own, so that those libraries stay out of the others.
package manifests
