package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	startLimit = 90 * time.Second
	apiServer  = "kube-apiserver"
)

// supervise runs a sandbox in an emptied directory until it is told to stop,
// a component ends by itself, or gone is closed. It calls ready once, when
// pods can be made; from then on an API server that ends is started again, if
// o.revive says so. It must run on the main thread (see children.start).
func supervise(l layout, o upOptions, gone <-chan struct{}, ready func()) error {
	stop := make(chan os.Signal, 4)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	cp, err := newControlPlane(l, o.bin, o.stages)
	if err != nil {
		return err
	}
	kids, err := newChildren(l)
	if err != nil {
		return err
	}
	defer os.Remove(l.pids())
	defer kids.kill()

	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	ended := make(chan error, 1)
	dead := make(chan exit)
	var started atomic.Bool
	go func() {
		defer cancel()
		for {
			select {
			case child := <-kids.exited:
				if o.revive && started.Load() && child.name == apiServer {
					dead <- child
					continue
				}
				kids.exited <- child // kill waits for every child
				ended <- child.err
			case <-gone:
				ended <- nil
			case <-stop:
				ended <- nil
			}
			return
		}
	}()
	client, startErr := start(ctx, cp, kids)
	if startErr == nil {
		started.Store(true)
		ready()
		err := serve(kids, dead, ended)
		client.removeVolumes()
		return err
	}
	select {
	case err := <-ended: // why start failed
		return err
	default:
		return startErr
	}
}

// serve revives who is dead, until the sandbox has ended.
func serve(kids *children, dead <-chan exit, ended <-chan error) error {
	for {
		select {
		case child := <-dead:
			if err := kids.revive(child); err != nil {
				return err
			}
		case err := <-ended:
			return err
		}
	}
}

// start brings up one component after another, as far as one needs another.
func start(ctx context.Context, cp *controlPlane, kids *children) (cluster, error) {
	if err := cp.writeCredentials(); err != nil {
		return cluster{}, err
	}
	if err := cp.writeEnv(); err != nil {
		return cluster{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return cluster{}, err
	}
	if err := kids.start("etcd", self, cp.etcdArgs()...); err != nil {
		return cluster{}, err
	}
	if err := kids.start(apiServer, self, cp.apiServerArgs()...); err != nil {
		return cluster{}, err
	}
	client, err := connect(cp.layout.kubeconfig())
	if err != nil {
		return cluster{}, err
	}
	if err := serveLogs(cp, client); err != nil {
		return cluster{}, err
	}
	if err := client.waitServing(ctx); err != nil {
		return cluster{}, err
	}
	if err := kids.start("kube-controller-manager", self, cp.controllerManagerArgs()...); err != nil {
		return cluster{}, err
	}
	if err := kids.start("kube-scheduler", self, cp.schedulerArgs()...); err != nil {
		return cluster{}, err
	}
	if err := kids.start("kwok", self, cp.kwokArgs()...); err != nil {
		return cluster{}, err
	}
	if err := client.furnish(ctx, cp.logsPort); err != nil {
		return cluster{}, err
	}
	return client, client.waitUsable(ctx)
}
