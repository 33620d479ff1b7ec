"""A daemon that a test plays: gRPC services of the test's own, on a socket, in this process."""

import concurrent.futures
import contextlib

import grpc


@contextlib.contextmanager
def played(folder, *services, options=()):
    """Serves at unix://FOLDER/s. `services`: (the stub's add_..._to_server, what is to be served). Yields the server."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        server = grpc.server(pool, options=options)
        for add_to_server, service in services:
            add_to_server(service, server)
        server.add_insecure_port(f"unix://{folder}/s")
        server.start()
        try:
            yield server
        finally:
            server.stop(None).wait()
