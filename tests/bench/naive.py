"""The yardstick: one QoS 1 message for each press, and a subscriber that commits each by itself.

This is what a first version of such a system does, with paho-mqtt at both ends.
"""

import multiprocessing
import signal
import sqlite3
import threading
import time
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.bench.presses import presses
from tests.bench.rig import Rig
from wire.store import Database, Layout

_spawn = multiprocessing.get_context("spawn")
_SCHEMA = "CREATE TABLE press (n INTEGER PRIMARY KEY, topic TEXT NOT NULL, body BLOB NOT NULL);"
_PATIENCE_S = 8.0


def naive(rig: Rig, records: int) -> dict[str, float]:
    """Records/s from the first `publish` to the last committed row."""
    office = rig.office()
    topic = f"naive/{office.site}"
    ours, theirs = _spawn.Pipe()
    process = _spawn.Process(
        target=_subscribe, args=(rig.port, topic, office.folder, records, theirs), daemon=True
    )
    process.start()
    theirs.close()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"{office.site}-publisher")
    try:
        ours.recv()  # it has subscribed
        connected = threading.Event()
        client.on_connect = lambda *_: connected.set()
        client.connect("127.0.0.1", rig.port)
        client.loop_start()
        if not connected.wait(_PATIENCE_S):
            raise TimeoutError("the publisher does not get a connection")
        bodies = presses(records, 0, time.time_ns() // 1_000_000)
        begun = time.perf_counter()
        for body in bodies:
            client.publish(topic, body, qos=1)
        rows, ended = ours.recv()
        process.join(10)
    finally:
        client.disconnect()
        client.loop_stop()
        process.kill()
        process.join()
    return {"naive": rows / (ended - begun)}


def _subscribe(port: int, topic: str, folder: Path, records: int, answer: Connection) -> None:
    """The subscriber's process: answers when it is there, and with (rows, when it was done)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all; the benchmark ends us
    with closing(Database(folder / "naive.db", Layout("naive", _SCHEMA, 1))) as store:
        done = threading.Event()
        rows = 0

        def commit(_client: Any, _userdata: Any, message: mqtt.MQTTMessage) -> None:
            nonlocal rows
            _insert(store.db, message)
            rows += 1
            if rows >= records:
                done.set()

        def subscribe(client: mqtt.Client, *_: Any) -> None:
            client.subscribe(topic, qos=1)

        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=topic.replace("/", "-"))
        client.on_message = commit
        client.on_connect = subscribe
        client.on_subscribe = lambda *_: answer.send("ready")
        client.connect("127.0.0.1", port)
        client.loop_start()
        done.wait(_PATIENCE_S)
        answer.send((rows, time.perf_counter()))  # one clock for all processes of a machine
        client.disconnect()
        client.loop_stop()


def _insert(db: sqlite3.Connection, message: mqtt.MQTTMessage) -> None:
    db.execute("INSERT INTO press (topic, body) VALUES (?,?)", (message.topic, message.payload))
