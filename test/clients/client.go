package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"

	"clients/roar"
)

func main() {
	signed := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+os.Getenv("ROAR_TOKEN"))
		return nil
	}
	client, err := roar.NewClientWithResponses(os.Getenv("ROAR_URL"), roar.WithRequestEditorFn(signed))
	if err != nil {
		log.Fatal(err)
	}
	mood, err := client.GetMoodWithResponse(context.Background(), "final", nil)
	if err != nil || mood.JSON200 == nil {
		log.Fatal(err, mood)
	}
	opens, err := strconv.ParseInt(os.Getenv("ROAR_OPENS"), 10, 64)
	if err != nil {
		log.Fatal(err)
	}
	poll, err := client.CreatePollWithResponse(context.Background(), "final", roar.NewPoll{
		Poll:     os.Getenv("ROAR_POLL"),
		Question: "Who was the best?",
		Choices:  []roar.Choice{{Choice: "anna", Title: "Anna"}, {Choice: "ben", Title: "Ben"}},
		Opens:    &opens,
	})
	if err != nil || poll.JSON201 == nil {
		log.Fatal(err, poll)
	}
	fmt.Println(mood.JSON200.At, mood.JSON200.Total, mood.JSON200.Top[0][0], poll.JSON201.State, *poll.JSON201.Opens)
}
