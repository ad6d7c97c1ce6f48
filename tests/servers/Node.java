import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.codelibs.opensearch.runner.OpenSearchRunner;

/** One node of a cluster on loopback, until it is killed: Node NUMBER HTTP_PORT TRANSPORT_PORTS FOLDER. */
public class Node {
    public static void main(String[] arguments) throws InterruptedException {
        int number = Integer.parseInt(arguments[0]);
        int http = Integer.parseInt(arguments[1]);
        List<String> transports = Arrays.asList(arguments[2].split(","));
        OpenSearchRunner runner = new OpenSearchRunner();
        runner.setMaxHttpPort(65535);
        runner.onBuild((index, settings) -> {
            settings.put("node.name", "node" + number);
            settings.put("network.host", "127.0.0.1");
            settings.put("http.port", http);
            settings.put("transport.port", transports.get(number));
            settings.putList("discovery.seed_hosts", transports.stream().map(port -> "127.0.0.1:" + port).toList());
            settings.putList("cluster.initial_cluster_manager_nodes",
                IntStream.range(0, transports.size()).mapToObj(other -> "node" + other).toList());
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
        });
        runner.build(OpenSearchRunner.newConfigs()
            .clusterName("quoth").numOfNode(1).baseHttpPort(http - 1).basePath(arguments[3]));
        // A node's own threads keep no process alive.
        Thread.currentThread().join();
    }
}
