// Checks the heads of a poll as any log's of C2SP tlog-checkpoint: two heads, that the newer grew out of the older, that a leaf
// is in the newer, and a witness's cosignature of it.
//
//	go run . < QUESTION
//
// Prints the sizes of both heads, and the names of those who signed the newer.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Key, Witness string
	Older, Newer string
	// Between the two, in base64.
	Growth []tlog.Hash
	Leaf   string
	Index  int64
	Path   []tlog.Hash
}

func main() {
	var q question
	check(json.NewDecoder(os.Stdin).Decode(&q))
	own, err := note.NewVerifier(q.Key)
	check(err)
	witness, err := torchwood.NewCosignatureVerifier(q.Witness)
	check(err)
	older, _ := open(q.Older, own)
	newer, names := open(q.Newer, own, witness)
	check(tlog.CheckTree(q.Growth, newer.N, newer.Hash, older.N, older.Hash))
	check(tlog.CheckRecord(q.Path, newer.N, newer.Hash, q.Index, tlog.RecordHash([]byte(q.Leaf))))
	fmt.Println(older.N, newer.N, names)
}

// Every verifier must have signed.
func open(signed string, verifiers ...note.Verifier) (tlog.Tree, []string) {
	opened, err := note.Open([]byte(signed), note.VerifierList(verifiers...))
	check(err)
	var names []string
	for _, signature := range opened.Sigs {
		names = append(names, signature.Name)
	}
	if len(names) != len(verifiers) {
		log.Fatalf("signed by %v", names)
	}
	checkpoint, err := torchwood.ParseCheckpoint(opened.Text)
	check(err)
	return checkpoint.Tree, names
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
