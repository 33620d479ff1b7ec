package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
)

// controlPlane is what the components of one sandbox are started with.
type controlPlane struct {
	layout     layout
	bin        string // folder of the programs, for a shell
	stages     string // folder of kwok's Stages
	server     string // URL of the API server
	etcd, peer string // URLs of etcd
	logsPort   int    // where the nodes' container logs are served
}

const (
	serviceRange = "10.0.0.0/16"
	podRange     = "10.64.0.0/12"
	firstService = "10.0.0.1" // the address of Service kubernetes
)

func newControlPlane(l layout, bin, stages string) (*controlPlane, error) {
	ports, err := freePorts(4)
	if err != nil {
		return nil, err
	}
	local := func(scheme string, port int) string { return fmt.Sprintf("%s://127.0.0.1:%d", scheme, port) }
	return &controlPlane{
		layout: l, bin: bin, stages: stages,
		server: local("https", ports[0]), etcd: local("http", ports[1]), peer: local("http", ports[2]),
		logsPort: ports[3],
	}, nil
}

// freePorts picks ports at random below the range that the kernel hands out
// by itself, so that no outgoing connection takes one before we listen on it.
func freePorts(count int) ([]int, error) {
	const first, span = 20000, 10000
	var ports []int
	var held []net.Listener
	defer func() {
		for _, listener := range held {
			listener.Close()
		}
	}()
	for try := 0; try < 1000 && len(ports) < count; try++ {
		port := first + rand.IntN(span)
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		held = append(held, listener)
		ports = append(ports, port)
	}
	if len(ports) < count {
		return nil, fmt.Errorf("no %d free ports on 127.0.0.1", count)
	}
	return ports, nil
}

// writeCredentials makes the CA, every certificate and every kubeconfig.
func (cp *controlPlane) writeCredentials() error {
	l := cp.layout
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	caKey, err := encodeKey(ca.key)
	if err != nil {
		return err
	}
	if err := (keyPair{ca.certPEM, caKey}).writeTo(l.caCert(), l.caKey()); err != nil {
		return err
	}
	accounts, err := signingKey()
	if err != nil {
		return err
	}
	if err := accounts.writeTo(l.pki("service-accounts.pub"), l.pki("service-accounts.key")); err != nil {
		return err
	}
	server, err := ca.server([]net.IP{net.ParseIP(firstService)}, "kubernetes", "kubernetes.default",
		"kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
	if err != nil {
		return err
	}
	if err := server.writeTo(l.pki("server.crt"), l.pki("server.key")); err != nil {
		return err
	}
	kubelet, err := ca.client("kube-apiserver-kubelet-client")
	if err != nil {
		return err
	}
	if err := kubelet.writeTo(l.pki("kubelet-client.crt"), l.pki("kubelet-client.key")); err != nil {
		return err
	}
	return cp.writeKubeconfigs(ca)
}

func (cp *controlPlane) writeKubeconfigs(ca *authority) error {
	const admins = "system:masters"
	for _, user := range []struct {
		path, name string
		groups     []string
	}{
		{cp.layout.kubeconfig(), "sandbox-admin", []string{admins}},
		{cp.layout.pki("kwok.kubeconfig"), "sandbox-kwok", []string{admins}},
		{cp.layout.pki("controller-manager.kubeconfig"), "system:kube-controller-manager", nil},
		{cp.layout.pki("scheduler.kubeconfig"), "system:kube-scheduler", nil},
	} {
		pair, err := ca.client(user.name, user.groups...)
		if err != nil {
			return err
		}
		if err := writeKubeconfig(user.path, cp.server, ca.certPEM, pair); err != nil {
			return err
		}
	}
	return nil
}

// writeEnv writes what a shell needs in order to use the sandbox.
func (cp *controlPlane) writeEnv() error {
	text := fmt.Sprintf("export KUBECONFIG='%s'\nexport PATH='%s':\"$PATH\"\n", cp.layout.kubeconfig(), cp.bin)
	return os.WriteFile(cp.layout.env(), []byte(text), 0o644)
}

func (cp *controlPlane) etcdArgs() []string {
	return []string{"etcd", "--data-dir=" + cp.layout.data("etcd"), "--client-url=" + cp.etcd, "--peer-url=" + cp.peer}
}

func (cp *controlPlane) apiServerArgs() []string {
	l := cp.layout
	return []string{"kube-apiserver",
		"--etcd-servers=" + cp.etcd,
		"--bind-address=127.0.0.1", "--secure-port=" + portOf(cp.server), "--cert-dir=" + l.data("apiserver"),
		"--tls-cert-file=" + l.pki("server.crt"), "--tls-private-key-file=" + l.pki("server.key"),
		"--client-ca-file=" + l.caCert(),
		"--service-account-key-file=" + l.pki("service-accounts.pub"),
		"--service-account-signing-key-file=" + l.pki("service-accounts.key"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-cluster-ip-range=" + serviceRange,
		"--authorization-mode=RBAC", "--allow-privileged", "--profiling=false",
		// An endpoint may not be a loopback address, and a machine without
		// a network has no other: Service kubernetes goes without.
		"--advertise-address=" + firstService, "--endpoint-reconciler-type=none",
		"--kubelet-preferred-address-types=Hostname", "--kubelet-certificate-authority=" + l.caCert(),
		"--kubelet-client-certificate=" + l.pki("kubelet-client.crt"),
		"--kubelet-client-key=" + l.pki("kubelet-client.key"),
	}
}

func (cp *controlPlane) controllerManagerArgs() []string {
	l := cp.layout
	return []string{"kube-controller-manager",
		"--kubeconfig=" + l.pki("controller-manager.kubeconfig"),
		"--service-account-private-key-file=" + l.pki("service-accounts.key"),
		"--root-ca-file=" + l.caCert(),
		"--cluster-signing-cert-file=" + l.caCert(), "--cluster-signing-key-file=" + l.caKey(),
		"--use-service-account-credentials", "--leader-elect=false", "--secure-port=0", "--profiling=false",
		"--enable-hostpath-provisioner",
		"--kube-api-qps=300", "--kube-api-burst=600",
	}
}

func (cp *controlPlane) schedulerArgs() []string {
	return []string{"kube-scheduler",
		"--kubeconfig=" + cp.layout.pki("scheduler.kubeconfig"),
		"--leader-elect=false", "--secure-port=0", "--profiling=false",
	}
}

func (cp *controlPlane) kwokArgs() []string {
	return []string{"kwok", "--kubeconfig=" + cp.layout.pki("kwok.kubeconfig"), "--stages=" + cp.stages}
}

// portOf is the port of a URL that newControlPlane made: five digits.
func portOf(url string) string { return url[len(url)-5:] }
