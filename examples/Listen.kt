import com.hivemq.client.mqtt.MqttClient

/**
 * Prints what the crowd of a show feels: `java -cp … ListenKt [SHOW] [HOST] [PORT]`, with a Roar that has `--mqtt-port 1883`.
 * By HiveMQ's client (com.hivemq:hivemq-mqtt-client), as on Android; any other of MQTT does it as well.
 */
fun main(args: Array<String>) {
    val (show, host, port) = args.toList() + listOf("final", "localhost", "1883").drop(args.size)
    val total = Regex("\"n\":(\\d+),\"total\":(\\d+)")
    val client = MqttClient.builder()
        .useMqttVersion5()
        .serverHost(host)
        .serverPort(port.toInt())
        .automaticReconnectWithDefaultConfig()
        .buildAsync()
    client.connect().join()
    client.subscribeWith()
        .topicFilter("roar/$show/mood")
        .callback { packet ->
            // Retained: the newest window comes at once. Each packet's total makes up for what was missed.
            val (now, all) = total.find(String(packet.payloadAsBytes))?.destructured ?: return@callback
            println("$now now, $all so far")
        }
        .send()
        .join()
}
