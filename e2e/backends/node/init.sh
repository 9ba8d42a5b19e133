#!/bin/bash
# init.sh: the first process of the node. Keeps containerd running, and kubelet as soon as kubeadm has written its configuration.
export PATH=/opt/e2e/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
cd / || exit 1
keep() { while :; do ( "$@" ); echo "$(date -Is) init: $1 ended: $?" >> /var/log/init.log; sleep 1; done; }
run_containerd() { exec /usr/bin/containerd --log-level warn >> /var/log/containerd.log 2>&1; }
run_kubelet() {
  until [ -s /var/lib/kubelet/config.yaml ] && [ -s /var/lib/kubelet/kubeadm-flags.env ]; do sleep 0.2; done
  . /var/lib/kubelet/kubeadm-flags.env
  # What kubeadm's 10-kubeadm.conf for systemd passes.
  # shellcheck disable=SC2086
  exec kubelet --bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf \
    --config=/var/lib/kubelet/config.yaml $KUBELET_KUBEADM_ARGS >> /var/log/kubelet.log 2>&1
}
keep run_containerd &
keep run_kubelet &
trap 'exit 0' TERM
while :; do wait -n 2> /dev/null || sleep 1; done
