package wheelhouse

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
)

// Error is the error of a call that the daemon refused with a reason. Package status reads it as it reads those of gRPC.
type Error struct {
	// An UPPER_SNAKE word, such as PLAN_INVALID.
	Reason string
	err    error
}

func (e *Error) Error() string { return e.Reason + ": " + status.Convert(e.err).Message() }

// Unwrap returns the error of gRPC.
func (e *Error) Unwrap() error { return e.err }

// GRPCStatus returns its status, with the details.
func (e *Error) GRPCStatus() *status.Status { return status.Convert(e.err) }

// RunLost is the error of Deploy and Watch when the daemon has been away for too long. The run may still be going on.
type RunLost struct {
	RunID string
	// The id by which the same deploy can be continued; empty where the caller has given none.
	RequestID string
	// How long the daemon has been away.
	Away time.Duration
	// The error of the last attempt to reach the daemon.
	Err error
}

func (l *RunLost) Error() string {
	again := fmt.Sprintf("see `wheelhouse runs watch %s`", l.RunID)
	if l.RequestID != "" {
		again = "start again with the request id " + l.RequestID
	}
	return fmt.Sprintf("run %s may still be going on: the daemon has been away for %v; %s (%v)", l.RunID, l.Away, again, l.Err)
}

// Unwrap returns Err.
func (l *RunLost) Unwrap() error { return l.Err }

// Reason returns the reason that an RPC's error carries, such as "PLAN_INVALID"; empty when it carries none.
func Reason(err error) string {
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok && info.GetDomain() == "wheelhouse" {
			return info.GetReason()
		}
	}
	return ""
}

// withReason makes an Error of what carries a reason.
func withReason(err error) error {
	if reason := Reason(err); reason != "" {
		return &Error{Reason: reason, err: err}
	}
	return err
}

func reasonsOfCalls(
	ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker,
	options ...grpc.CallOption,
) error {
	return withReason(invoke(ctx, method, request, reply, conn, options...))
}

func reasonsOfStreams(
	ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer,
	options ...grpc.CallOption,
) (grpc.ClientStream, error) {
	stream, err := open(ctx, desc, conn, method, options...)
	if err != nil {
		return nil, withReason(err)
	}
	return streamWithReasons{stream}, nil
}

type streamWithReasons struct{ grpc.ClientStream }

func (s streamWithReasons) RecvMsg(message any) error {
	return withReason(s.ClientStream.RecvMsg(message))
}
