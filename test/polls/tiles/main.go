// Reads the tiles of a sealed poll as any log of C2SP tlog-tiles, and checks each entry against the signed checkpoint:
//
//	go run . ADDRESS-OF-TILES KEY
//
// KEY is the poll's, as golang.org/x/mod/sumdb/note has it. Prints how many entries there are, and the SHA-256 over all.
package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log"
	"os"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	address, key := os.Args[1], os.Args[2]
	ctx := context.Background()
	tiles, err := torchwood.NewTileFetcher(address)
	check(err)
	client, err := torchwood.NewClient(tiles)
	check(err)
	signed, err := tiles.ReadEndpoint(ctx, "checkpoint")
	check(err)
	verifier, err := note.NewVerifier(key)
	check(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	check(err)
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	check(err)
	entries, all := 0, sha256.New()
	for _, entry := range client.AllEntries(ctx, checkpoint.Tree, 0) {
		entries++
		all.Write(entry)
	}
	check(client.Err())
	fmt.Printf("%s %d %x\n", checkpoint.Origin, entries, all.Sum(nil))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
