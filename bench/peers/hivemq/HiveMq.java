import com.hivemq.embedded.EmbeddedExtension;
import com.hivemq.embedded.EmbeddedHiveMQ;
import com.hivemq.extension.sdk.api.ExtensionMain;
import com.hivemq.extension.sdk.api.auth.SimpleAuthenticator;
import com.hivemq.extension.sdk.api.parameter.*;
import com.hivemq.extension.sdk.api.services.Services;
import java.nio.file.*;

/** HiveMQ CE with MQTT over TCP and over WebSocket, for everybody. Arguments: a folder of its own with its config.xml. */
public class HiveMq {
  public static void main(String[] args) {
    Path folder = Path.of(args[0]);
    var everybody = EmbeddedExtension.builder().withId("everybody").withName("everybody").withVersion("1")
        .withExtensionMain(new ExtensionMain() {
          public void extensionStart(ExtensionStartInput in, ExtensionStartOutput out) {
            SimpleAuthenticator yes = (input, output) -> output.authenticateSuccessfully();
            Services.securityRegistry().setAuthenticatorProvider(input -> yes);
          }

          public void extensionStop(ExtensionStopInput in, ExtensionStopOutput out) {}
        }).build();
    EmbeddedHiveMQ.builder().withConfigurationFolder(folder).withDataFolder(folder)
        .withExtensionsFolder(folder).withEmbeddedExtension(everybody).build().start().join();
  }
}
