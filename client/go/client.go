// Package wheelhouse is a client of the Wheelhouse chart deployer. The stubs are in wheelhouse/v1; this package adds
// what every caller needs: a connection, the upload of a chart, and a watch that opens a lost stream again.
package wheelhouse

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

// The picture of a run is one message: at most 500 charts, each with 64 KiB of evidence, which the run's failure repeats.
// gRPC's own bound is 4 MiB.
const largestMessage = 128 << 20

// Client is one connection to a daemon. It is safe for concurrent use.
type Client struct {
	Deployer wheelhousev1.DeployerServiceClient
	Charts   wheelhousev1.ChartServiceClient
	Plans    wheelhousev1.PlanServiceClient
	Releases wheelhousev1.ReleaseServiceClient
	Server   wheelhousev1.ServerServiceClient
	Hooks    wheelhousev1.HookServiceClient
	conn     *grpc.ClientConn
}

// TLS returns credentials for mutual TLS from PEM files: the CA of the daemon's certificate, the caller's certificate, and
// its key.
func TLS(ca, cert, key string) (credentials.TransportCredentials, error) {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s has no PEM certificate", ca)
	}
	return credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool}), nil
}

// defaultServer is where wheelhoused listens when its configuration says nothing, as the command line has it too.
func defaultServer() (string, error) {
	if server := os.Getenv("WHEELHOUSE_SERVER"); server != "" {
		return server, nil
	}
	if os.Geteuid() == 0 {
		return "unix:///run/wheelhouse/wheelhouse.sock", nil
	}
	if folder := os.Getenv("XDG_RUNTIME_DIR"); folder != "" {
		return "unix://" + folder + "/wheelhouse/wheelhouse.sock", nil
	}
	return "", errors.New("the daemon's address is missing: name a server, or set WHEELHOUSE_SERVER (XDG_RUNTIME_DIR is not set either)")
}

// Dial returns a client of the daemon at server: "unix:///run/wheelhouse/wheelhouse.sock" or "host:port". Empty means
// WHEELHOUSE_SERVER, or else where a daemon listens by default: /run/wheelhouse/wheelhouse.sock as root, and
// $XDG_RUNTIME_DIR/wheelhouse/wheelhouse.sock as anybody else. A Unix socket needs no creds (nil); TCP needs a certificate that the daemon's clientCa signed:
//
//	creds, err := wheelhouse.TLS("daemon-ca.crt", "ci.crt", "ci.key")
//	...
//	client, err := wheelhouse.Dial("deployer.example:8443", creds)
func Dial(server string, creds credentials.TransportCredentials) (*Client, error) {
	if server == "" {
		var err error
		if server, err = defaultServer(); err != nil {
			return nil, err
		}
	}
	if creds == nil {
		creds = insecure.NewCredentials()
	}
	// The default backoff grows to two minutes; a daemon that restarts is back in a moment.
	soon := grpc.ConnectParams{
		Backoff:           backoff.Config{BaseDelay: pause, Multiplier: 1, MaxDelay: pause},
		MinConnectTimeout: 20 * time.Second,
	}
	sizes := grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(largestMessage))
	conn, err := grpc.NewClient(
		server, grpc.WithTransportCredentials(creds), grpc.WithConnectParams(soon), sizes,
		grpc.WithUnaryInterceptor(reasonsOfCalls), grpc.WithStreamInterceptor(reasonsOfStreams),
	)
	if err != nil {
		return nil, err
	}
	return &Client{
		Deployer: wheelhousev1.NewDeployerServiceClient(conn),
		Charts:   wheelhousev1.NewChartServiceClient(conn),
		Plans:    wheelhousev1.NewPlanServiceClient(conn),
		Releases: wheelhousev1.NewReleaseServiceClient(conn),
		Server:   wheelhousev1.NewServerServiceClient(conn),
		Hooks:    wheelhousev1.NewHookServiceClient(conn),
		conn:     conn,
	}, nil
}

// Close closes the connection. Runs go on.
func (c *Client) Close() error { return c.conn.Close() }
