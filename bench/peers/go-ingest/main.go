// The ingest of 2019, written small: net/http, one buffered channel, one goroutine that flushes every 500 ms or
// 20,000 messages. It decodes the body and checks nothing against a show, and its flush only encodes the batch and
// throws it away: less work than ours does, so the comparison leans its way.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

const (
	flushEvery    = 500 * time.Millisecond
	flushMessages = 20_000
	channelSize   = 2 * flushMessages
	bodyBytesMax  = 4096
)

type burst struct {
	Show     string         `json:"show"`
	Stickers map[string]int `json:"stickers"`
	Segment  string         `json:"segment"`
	At       int64          `json:"at"`
}

func flush(bursts <-chan burst) {
	batch := make([]burst, 0, flushMessages)
	tick := time.Tick(flushEvery)
	write := func() {
		if len(batch) == 0 {
			return
		}
		if err := json.NewEncoder(io.Discard).Encode(batch); err != nil {
			panic(err)
		}
		batch = batch[:0]
	}
	for {
		select {
		case b := <-bursts:
			batch = append(batch, b)
			if len(batch) == flushMessages {
				write()
			}
		case <-tick:
			write()
		}
	}
}

func main() {
	bursts := make(chan burst, channelSize)
	go flush(bursts)
	answer := []byte(`{"flushMs":1000,"sample":1}`)
	http.HandleFunc("POST /v1/shows/{show}/reactions", func(w http.ResponseWriter, r *http.Request) {
		var b burst
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyBytesMax)).Decode(&b); err != nil {
			http.Error(w, "bad json", http.StatusBadRequest)
			return
		}
		b.Show = r.PathValue("show")
		b.At = time.Now().UnixMilli()
		bursts <- b
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write(answer)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(os.Stdout, "%d\n", listener.Addr().(*net.TCPAddr).Port)
	panic(http.Serve(listener, nil))
}
