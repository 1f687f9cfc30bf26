"""Prints what the crowd of a show feels: python3 listen.py [SHOW] [HOST] [PORT]

Needs paho-mqtt 1.6 or newer (pip install paho-mqtt), and a Roar with `--mqtt-port 1883`.
"""

import json
import sys

import paho.mqtt.subscribe as subscribe

show, host, port = (sys.argv[1:] + ["final", "localhost", "1883"][len(sys.argv) - 1 :])[:3]


def on_message(client, userdata, message):
    mood = json.loads(message.payload)
    top = ", ".join(f"{sticker} {count}" for sticker, count, draw in mood["top"])
    print(f"{mood['n']} now, {mood['total']} so far: {top}", flush=True)


# Retained: the newest window comes at once. Reconnects by itself; each packet's total makes up for what was missed.
subscribe.callback(on_message, f"roar/{show}/mood", hostname=host, port=int(port))
