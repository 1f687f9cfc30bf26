// Twice the same request; prints the version of each, whether it resumed the first's session, and the answer's status.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

func main() {
	authority, err := os.ReadFile(os.Args[2])
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	config := &tls.Config{
		ServerName:         "localhost",
		RootCAs:            roots,
		ClientSessionCache: tls.NewLRUClientSessionCache(1),
	}
	for i := 0; i < 2; i++ {
		secure, err := tls.Dial("tcp", "127.0.0.1:"+os.Args[1], config)
		if err != nil {
			panic(err)
		}
		fmt.Fprint(secure, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
		answer := make([]byte, 4096)
		if _, err := secure.Read(answer); err != nil {
			panic(err)
		}
		state := secure.ConnectionState()
		fmt.Println(tls.VersionName(state.Version), state.DidResume, string(answer[:15]))
		secure.Close()
	}
}
