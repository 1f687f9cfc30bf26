import java.util.List;
import org.openapitools.client.ApiClient;
import org.openapitools.client.api.ShowsApi;
import org.openapitools.client.api.StudioApi;
import org.openapitools.client.model.Choice;
import org.openapitools.client.model.NewPoll;

public class Client {
  public static void main(String[] args) throws Exception {
    var client = new ApiClient();
    client.updateBaseUri(System.getenv("ROAR_URL"));
    client.setRequestInterceptor(
        request -> request.header("Authorization", "Bearer " + System.getenv("ROAR_TOKEN")));
    var which = ShowsApi.APIGetMoodRequest.newBuilder().show("final").build();
    var mood = new ShowsApi(client).getMood(which);
    var poll =
        new StudioApi(client)
            .createPoll(
                StudioApi.APICreatePollRequest.newBuilder()
                    .show("final")
                    .newPoll(
                        new NewPoll()
                            .poll(System.getenv("ROAR_POLL"))
                            .question("Who was the best?")
                            .choices(
                                List.of(
                                    new Choice().choice("anna").title("Anna"),
                                    new Choice().choice("ben").title("Ben")))
                            .opens(Long.parseLong(System.getenv("ROAR_OPENS"))))
                    .build());
    System.out.println(
        String.join(
            " ",
            mood.getAt().toString(),
            mood.getTotal().toString(),
            mood.getTop().get(0).get(0).toString(),
            poll.getState().getValue(),
            poll.getOpens().toString()));
  }
}
