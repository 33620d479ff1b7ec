"""A slow link to the API server: TCP with a delay, whatever goes through it."""

import asyncio
import pathlib
import threading
import urllib.parse

import yaml


class SlowLink:
    """Listens on a port of its own; `kubeconfig` leads through it. `round_trip`, in seconds, may be changed at any time."""

    def __init__(self, kubeconfig, folder):
        config = yaml.safe_load(pathlib.Path(kubeconfig).read_text())
        cluster = config["clusters"][0]["cluster"]
        self.target = urllib.parse.urlsplit(cluster["server"])
        self.round_trip, self.loop = 0.0, asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        cluster["server"] = f"https://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        self.kubeconfig = str(pathlib.Path(folder) / "slow.kubeconfig")
        pathlib.Path(self.kubeconfig).write_text(yaml.safe_dump(config))
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    async def _serve(self, reader, writer):
        there_reader, there_writer = await asyncio.open_connection(self.target.hostname, self.target.port)
        await asyncio.sleep(self.round_trip)  # what it takes to connect
        await asyncio.gather(self._pass(reader, there_writer), self._pass(there_reader, writer))

    async def _pass(self, reader, writer):
        """Each way takes half of a round trip; what is under way does not hold up what follows."""
        waiting = asyncio.Queue()

        async def deliver():
            while True:
                due, data = await waiting.get()
                await asyncio.sleep(max(0.0, due - self.loop.time()))
                if not data:
                    return writer.close()
                writer.write(data)

        delivery = asyncio.ensure_future(deliver())
        try:
            while data := await reader.read(1 << 16):
                waiting.put_nowait((self.loop.time() + self.round_trip / 2, data))
        except OSError:
            pass
        waiting.put_nowait((self.loop.time() + self.round_trip / 2, b""))
        await delivery

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
