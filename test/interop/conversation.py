"""Plays one conversation with an edge by the Paho client, and prints what comes of it, a JSON text a line.

Its argument: {"url", "version", "connect": {…}, "steps": [[verb, …]]}. A step begins when the one before was answered.
"""

import json
import select
import socket
import sys
import threading
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

TIMEOUT_S = 20


turn = threading.Lock()


def say(*words):
    # The client's thread and this one speak at the same time.
    with turn:
        print(json.dumps(words), flush=True)


def properties(packet, fields):
    made = Properties(packet)
    for name, value in (fields or {}).items():
        setattr(made, name, value)
    return made


def code(reason):
    return getattr(reason, "value", reason)


class Conversation:
    def __init__(self, url, version, connect, steps):
        self.place = urlsplit(url)
        self.is5 = version == 5
        self.options = connect
        self.answered = threading.Event()
        transport = "websockets" if self.place.scheme == "ws" else "tcp"
        clean = {} if self.is5 else {"clean_session": connect.get("clean", True)}
        protocol = mqtt.MQTTv5 if self.is5 else mqtt.MQTTv311
        self.client = mqtt.Client(connect.get("id", "paho"), protocol=protocol, transport=transport, **clean)
        if transport == "websockets":
            self.client.ws_set_options(path=self.place.path)
        if "will" in connect:
            self.client.will_set(connect["will"], b"gone", connect.get("willQos", 0))
        self.client.on_connect = self.connected
        self.client.on_disconnect = self.disconnected
        self.client.on_message = lambda _client, _data, m: say("message", m.topic, int(m.retain), m.payload.decode())
        self.client.on_subscribe = lambda _client, _data, _mid, codes, *_: self.answer("suback", [code(each) for each in codes])
        self.client.on_unsubscribe = self.unsubscribed
        self.steps = steps

    def answer(self, *words):
        say(*words)
        self.answered.set()

    def connected(self, _client, _data, flags, reason, given=None):
        known = {} if given is None else given.json()
        self.answer("connack", code(reason), flags["session present"], known)

    def disconnected(self, _client, _data, reason, _given=None):
        self.answer("closed", code(reason))

    def unsubscribed(self, _client, _data, _mid, _given=None, codes=()):
        codes = codes if isinstance(codes, list) else [codes] if codes != () else []
        self.answer("unsuback", [code(each) for each in codes])

    def wait(self):
        if not self.answered.wait(TIMEOUT_S):
            raise SystemExit("no answer in time")
        self.answered.clear()

    def play(self):
        for verb, *words in self.steps:
            getattr(self, "do_" + verb)(*words)

    def do_connect(self):
        more = {}
        if self.is5:
            more = {"clean_start": self.options.get("clean", True)}
            more["properties"] = properties(PacketTypes.CONNECT, self.options.get("properties"))
        self.client.connect(self.place.hostname, self.place.port, self.options.get("keepAlive", 60), **more)
        self.client.loop_start()
        self.wait()

    def do_subscribe(self, *filters):
        if self.is5:
            asked = [(f["topic"], SubscribeOptions(f.get("qos", 0), retainAsPublished=f.get("rap", False), retainHandling=f.get("rh", 0))) for f in filters]
        else:
            asked = [(f["topic"], f.get("qos", 0)) for f in filters]
        self.client.subscribe(asked)
        self.wait()

    def do_unsubscribe(self, *filters):
        self.client.unsubscribe(list(filters))
        self.wait()

    def do_publish(self, topic, qos):
        self.client.publish(topic, b"mine", qos)
        self.wait()

    def do_disconnect(self, fields=None):
        self.client.disconnect(**({"properties": properties(PacketTypes.DISCONNECT, fields)} if self.is5 else {}))
        self.wait()
        self.client.loop_stop()

    def do_hear(self, topic):
        """Whatever was published before this is here once its own packet is."""
        heard = threading.Event()
        self.client.message_callback_add(topic, lambda *_: heard.set())
        say("ready")
        if not heard.wait(TIMEOUT_S):
            raise SystemExit("nothing heard")

    def do_silent(self):
        """Sends nothing any more, and says what the server does about it."""
        self.client.loop_stop(force=True)
        plain = self.client.socket()
        heard = b""
        while select.select([plain], [], [], TIMEOUT_S)[0]:
            chunk = plain.recv(1024)
            if not chunk:
                break
            heard += chunk
        say("cut", heard.hex())

    def do_bytes(self, *packets):
        """Bytes that no good client sends, on a connection of their own."""
        with socket.create_connection((self.place.hostname, self.place.port), TIMEOUT_S) as plain:
            heard = b""
            for packet in packets:
                plain.sendall(bytes.fromhex(packet))
            while True:
                chunk = plain.recv(1024)
                if not chunk:
                    break
                heard += chunk
        say("cut", heard.hex())


Conversation(**json.loads(sys.argv[1])).play()
