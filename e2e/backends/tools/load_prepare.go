package main

import (
	"context"

	authv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// grants are what each identity may do, in one namespace or in all.
var grants = []struct {
	name, namespace string
	to              rbacv1.Subject
	rules           []rbacv1.PolicyRule
}{
	{"load-prometheus", "", rbacv1.Subject{Kind: "ServiceAccount", Namespace: "monitoring", Name: "prometheus"},
		[]rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods", "nodes", "services", "endpoints"}, Verbs: []string{"get", "list", "watch"}}}},
	{"load-argocd", "", rbacv1.Subject{Kind: "ServiceAccount", Namespace: "argocd", Name: "argocd-application-controller"},
		[]rbacv1.PolicyRule{{APIGroups: []string{"*"}, Resources: []string{"*"}, Verbs: []string{"*"}}}},
	{"load-ci", "ci", rbacv1.Subject{Kind: "User", APIGroup: rbacv1.GroupName, Name: "ci-bot"},
		[]rbacv1.PolicyRule{{APIGroups: []string{"", "apps"}, Resources: []string{"configmaps", "deployments", "secrets"}, Verbs: []string{"*"}}}},
	{"load-dev", "team-a", rbacv1.Subject{Kind: "Group", APIGroup: rbacv1.GroupName, Name: "developers"},
		[]rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"pods", "configmaps"}, Verbs: []string{"get", "list"}}}},
}

// prepare makes what the identities need. What is there already stays.
func (l *loader) prepare(ctx context.Context) error {
	admin, _, err := l.client("admin", "setup/e2e")
	if err != nil {
		return err
	}
	for _, name := range []string{"ci", "monitoring", "argocd", "team-a"} {
		_, err := admin.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		if ignore(err) != nil {
			return err
		}
	}
	for _, account := range [][3]string{
		{"monitoring", "prometheus", "Prometheus/3.5.0"},
		{"argocd", "argocd-application-controller", "argocd-application-controller/v3.1.0 (linux/amd64) kubernetes/$Format"},
	} {
		if l.accounts[account[1]], err = l.account(ctx, admin, account[0], account[1], account[2]); err != nil {
			return err
		}
	}
	return grant(ctx, admin)
}

// account makes a service account with a token, and a client that has it.
func (l *loader) account(ctx context.Context, admin *kubernetes.Clientset, namespace, name, agent string) (*kubernetes.Clientset, error) {
	accounts := admin.CoreV1().ServiceAccounts(namespace)
	if _, err := accounts.Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); ignore(err) != nil {
		return nil, err
	}
	lasts := int64(3600)
	token, err := accounts.CreateToken(ctx, name, &authv1.TokenRequest{Spec: authv1.TokenRequestSpec{ExpirationSeconds: &lasts}}, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	_, cfg, err := l.client("admin", agent)
	if err != nil {
		return nil, err
	}
	cfg.TLSClientConfig.CertFile, cfg.TLSClientConfig.KeyFile = "", ""
	cfg.BearerToken = token.Status.Token
	return kubernetes.NewForConfig(cfg)
}

func grant(ctx context.Context, admin *kubernetes.Clientset) error {
	rbac, create := admin.RbacV1(), metav1.CreateOptions{}
	for _, g := range grants {
		meta := metav1.ObjectMeta{Name: g.name}
		role := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: g.name}
		_, err := rbac.ClusterRoles().Create(ctx, &rbacv1.ClusterRole{ObjectMeta: meta, Rules: g.rules}, create)
		if ignore(err) != nil {
			return err
		}
		if g.namespace != "" {
			_, err = rbac.RoleBindings(g.namespace).Create(ctx, &rbacv1.RoleBinding{ObjectMeta: meta, Subjects: []rbacv1.Subject{g.to}, RoleRef: role}, create)
		} else {
			_, err = rbac.ClusterRoleBindings().Create(ctx, &rbacv1.ClusterRoleBinding{ObjectMeta: meta, Subjects: []rbacv1.Subject{g.to}, RoleRef: role}, create)
		}
		if ignore(err) != nil {
			return err
		}
	}
	return nil
}

func ignore(err error) error {
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
