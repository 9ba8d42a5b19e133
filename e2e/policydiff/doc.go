// Package policydiff holds agent/rules against kube-apiserver's own code: random policies are read by both loaders, random
// HTTP requests are judged by k8s.io/apiserver/pkg/audit/policy and, once its audit machinery has made events of them and
// encoded those, by agent/rules.
//
// It is a module of its own, so that nothing of Kubernetes is linked into the agent or downloaded to build it.
//
//	go test                                            # 50,000 pairs of a policy and a request
//	go test -run Differential -pairs 1000000 -seed 7   # make policy-diff
package policydiff
