// Package wheelhouse is a client of the Wheelhouse chart deployer. The stubs are in wheelhouse/v1; this package adds
// what every caller needs: a connection, the upload of a chart, and a watch that comes back.
package wheelhouse

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

const (
	chunkSize   = 256 << 10
	comeBackFor = 30 * time.Second
	pause       = 500 * time.Millisecond
)

// Client is one connection to a daemon. It is safe for concurrent use.
type Client struct {
	Deployer wheelhousev1.DeployerServiceClient
	Charts   wheelhousev1.ChartServiceClient
	Releases wheelhousev1.ReleaseServiceClient
	Server   wheelhousev1.ServerServiceClient
	conn     *grpc.ClientConn
}

// TLS gives the credentials of mutual TLS from PEM files: who signs the daemon's certificate, this caller's certificate,
// and its key.
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
		return nil, fmt.Errorf("%s holds no PEM certificate", ca)
	}
	return credentials.NewTLS(&tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: pool}), nil
}

// Dial connects to server: "unix:///run/wheelhouse/wheelhouse.sock" or "host:port"; empty takes WHEELHOUSE_SERVER. A
// Unix socket needs no creds (nil); TCP a certificate that the daemon's clientCa has signed:
//
//	creds, err := wheelhouse.TLS("daemon-ca.crt", "ci.crt", "ci.key")
//	...
//	client, err := wheelhouse.Dial("deployer.example:8443", creds)
func Dial(server string, creds credentials.TransportCredentials) (*Client, error) {
	if server == "" {
		server = os.Getenv("WHEELHOUSE_SERVER")
	}
	if server == "" {
		server = "unix:///run/wheelhouse/wheelhouse.sock"
	}
	if creds == nil {
		creds = insecure.NewCredentials()
	}
	conn, err := grpc.NewClient(server, grpc.WithTransportCredentials(creds))
	if err != nil {
		return nil, err
	}
	return &Client{
		Deployer: wheelhousev1.NewDeployerServiceClient(conn),
		Charts:   wheelhousev1.NewChartServiceClient(conn),
		Releases: wheelhousev1.NewReleaseServiceClient(conn),
		Server:   wheelhousev1.NewServerServiceClient(conn),
		conn:     conn,
	}, nil
}

// Close closes the connection. Runs go on.
func (c *Client) Close() error { return c.conn.Close() }

// UploadChart uploads a gzipped chart archive. The answer's digest goes into ChartSource.
func (c *Client) UploadChart(ctx context.Context, archive io.Reader) (*wheelhousev1.UploadChartResponse, error) {
	stream, err := c.Charts.UploadChart(ctx)
	if err != nil {
		return nil, err
	}
	buffer := make([]byte, chunkSize)
	for {
		n, err := archive.Read(buffer)
		if n > 0 {
			if err := stream.Send(&wheelhousev1.UploadChartRequest{Chunk: buffer[:n]}); err != nil {
				break // the answer says why
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return stream.CloseAndRecv()
}

// Watch gives handle a run's snapshot, its events after the number `after`, and what comes, until the run has ended. A
// stream that is lost (the daemon restarts, the reader was too slow) is opened again, for 30 s without a word from the
// daemon; handle gets every numbered event once, in order, and one snapshot. An error of handle's ends it.
func (c *Client) Watch(ctx context.Context, runID string, after int64, handle func(*wheelhousev1.RunEvent) error) error {
	var snapshot, sync bool // each stream begins with these two
	var refused error       // by handle
	heard := time.Now()
	for {
		err := c.watchOnce(ctx, runID, &after, func(event *wheelhousev1.RunEvent) error {
			heard = time.Now()
			again := snapshot && event.GetSnapshot() != nil || sync && event.GetSync() != nil
			snapshot = snapshot || event.GetSnapshot() != nil
			sync = sync || event.GetSync() != nil
			if again {
				return nil
			}
			refused = handle(event)
			return refused
		})
		if refused != nil || ctx.Err() != nil {
			return err
		}
		// What never began fails at once, as other calls do.
		if err == nil || !snapshot || !lostStream(err) || time.Since(heard) > comeBackFor {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// watchOnce gives handle what one stream brings, without the numbers up to *last, which it moves on.
func (c *Client) watchOnce(ctx context.Context, runID string, last *int64, handle func(*wheelhousev1.RunEvent) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.Deployer.WatchRun(ctx, &wheelhousev1.WatchRunRequest{RunId: runID, AfterSequence: *last})
	if err != nil {
		return err
	}
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		event := response.GetEvent()
		if sequence := event.GetSequence(); sequence != 0 {
			if sequence <= *last {
				continue
			}
			*last = sequence
		}
		if err := handle(event); err != nil {
			return err
		}
	}
}

// lostStream tells whether a watch that ended so can be opened again: the run goes on.
func lostStream(err error) bool {
	// A server that ends cancels calls that it has not taken; what the daemon cancels has a reason.
	cancelled := status.Code(err) == codes.Canceled && Reason(err) == ""
	return cancelled || status.Code(err) == codes.Unavailable || Reason(err) == "WATCHER_TOO_SLOW"
}

// Reason is the reason of an RPC's error, such as "PLAN_INVALID"; empty when it carries none.
func Reason(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == "wheelhouse" {
			return info.GetReason()
		}
	}
	return ""
}
