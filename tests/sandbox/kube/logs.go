package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// podLabel says how a pod of the sandbox behaves; kwok's Stages go by it too.
const podLabel = "sandbox.wheelhouse/pod"

// serveLogs answers what the API server asks a node's kubelet for when
// somebody reads logs. (kwok's own ClusterLogs choose a file by the pod's
// name alone, so a crashed pod could not say that it crashed.)
func serveLogs(cp *controlPlane, c cluster) error {
	pair, err := tls.LoadX509KeyPair(cp.layout.pki("server.crt"), cp.layout.pki("server.key"))
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(cp.layout.caCert())
	if err != nil {
		return err
	}
	clients := x509.NewCertPool()
	clients.AppendCertsFromPEM(ca)
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(cp.logsPort)))
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", c.containerLogs)
	server := &http.Server{Handler: mux, TLSConfig: &tls.Config{
		Certificates: []tls.Certificate{pair},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    clients,
	}}
	go func() { _ = server.ServeTLS(listener, "", "") }()
	return nil
}

func (c cluster) containerLogs(w http.ResponseWriter, r *http.Request) {
	namespace, name, container := r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container")
	pod, err := c.CoreV1().Pods(namespace).Get(r.Context(), name, metav1.GetOptions{})
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	behaviour := pod.Labels[podLabel]
	if behaviour == "image-pull-error" { // as a kubelet says it
		http.Error(w, fmt.Sprintf("container %q in pod %q is waiting to start: trying and failing to pull image",
			container, name), http.StatusBadRequest)
		return
	}
	lines := logLines(behaviour)
	if count, err := strconv.Atoi(r.URL.Query().Get("tailLines")); err == nil && count < len(lines) {
		lines = lines[len(lines)-count:]
	}
	stamp := ""
	if r.URL.Query().Get("timestamps") == "true" {
		stamp = pod.CreationTimestamp.UTC().Format("2006-01-02T15:04:05.000000000Z") + " "
	}
	for _, line := range lines {
		_, _ = io.WriteString(w, stamp+line+"\n")
	}
	if r.URL.Query().Get("follow") == "true" && pod.Status.Phase == "Running" {
		follow(r.Context(), w)
	}
}

// follow keeps the stream open as a container does that says no more.
func follow(ctx context.Context, w http.ResponseWriter) {
	if flusher, ok := w.(http.Flusher); ok {
		flusher.Flush()
	}
	<-ctx.Done()
}

func logLines(behaviour string) []string {
	lines := []string{"sandbox: hello from the container", "sandbox: starting"}
	var last string
	switch behaviour {
	case "crash-loop":
		last = "panic: sandbox crash\n\ngoroutine 1 [running]:\nmain.main()\nexit status 1"
	case "fails":
		last = "error: sandbox failure: exit status 1"
	case "completes":
		last = "sandbox: done"
	case "slow", "never-ready":
		last = "sandbox: not ready yet"
	default:
		last = "sandbox: ready"
	}
	return append(lines, strings.Split(last, "\n")...)
}
