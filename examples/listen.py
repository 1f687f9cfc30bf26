"""Prints what the crowd of a show feels: python3 listen.py [SHOW] [HOST] [PORT]

Needs paho-mqtt 1.6 or newer (pip install paho-mqtt), and a Roar with `--mqtt-port 1883`.
"""

import json
import sys

import paho.mqtt.client as mqtt

show, host, port = (sys.argv[1:] + ["final", "localhost", "1883"][len(sys.argv) - 1 :])[:3]


def on_connect(client, userdata, flags, reason, *properties):
    # Retained: the newest window comes at once. Each packet's total makes up for what was missed.
    if reason == 0:
        client.subscribe(f"roar/{show}/mood")


def on_message(client, userdata, message):
    mood = json.loads(message.payload)
    top = ", ".join(f"{sticker} {count}" for sticker, count, draw in mood["top"])
    print(f"{mood['n']} now, {mood['total']} so far: {top}", flush=True)


# Since 2.0 Paho asks in which form it is to call.
client = mqtt.Client(*[mqtt.CallbackAPIVersion.VERSION2] if hasattr(mqtt, "CallbackAPIVersion") else [])
client.on_connect = on_connect
client.on_message = on_message
# Reconnects by itself. Paho waits up to two minutes before it does: too long for who found an edge full.
client.reconnect_delay_set(max_delay=10)
client.connect(host, int(port))
client.loop_forever()
