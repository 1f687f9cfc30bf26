#!/bin/bash
# Of Spark's own script what the compose file uses. The packages are in the image: nothing is downloaded.
args=()
while (($# > 0)); do
  if [[ $1 == --packages ]]; then shift; else args+=("$1"); fi
  shift
done
opens=()
for package in lang lang.invoke lang.reflect io net nio util util.concurrent util.concurrent.atomic; do
  opens+=("--add-opens=java.base/java.$package=ALL-UNNAMED")
done
for package in jdk.internal.ref sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar; do
  opens+=("--add-opens=java.base/$package=ALL-UNNAMED")
done
exec java -Xmx1g -XX:TieredStopAtLevel=1 -Djdk.lang.Process.launchMechanism=VFORK --add-modules=jdk.incubator.vector \
  "${opens[@]}" -Dio.netty.tryReflectionSetAccessible=true -cp '/opt/spark/jars/*' org.apache.spark.deploy.SparkSubmit \
  --class org.apache.spark.sql.connect.service.SparkConnectServer "${args[@]}" spark-internal
