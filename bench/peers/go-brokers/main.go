// mochi-mqtt, a broker for Go programs, with what a bench needs of it: MQTT over TCP and over WebSocket, for everybody.
// Arguments: the two ports.
package main

import (
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

func main() {
	server := mqtt.New(&mqtt.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	must(server.AddHook(new(auth.AllowHook), nil))
	tcp := listeners.Config{ID: "tcp", Address: "127.0.0.1:" + os.Args[1]}
	webSocket := listeners.Config{ID: "ws", Address: "127.0.0.1:" + os.Args[2]}
	must(server.AddListener(listeners.NewTCP(tcp)))
	must(server.AddListener(listeners.NewWebsocket(webSocket)))
	must(server.Serve())
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	<-stop
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
