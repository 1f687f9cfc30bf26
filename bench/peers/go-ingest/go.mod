module roar/bench/peers/go-ingest

go 1.22
