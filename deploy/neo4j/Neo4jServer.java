import java.nio.file.Path;
import java.util.Map;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.ConnectorPortRegister;
import org.neo4j.configuration.connectors.ConnectorType;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementService;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.graphdb.GraphDatabaseService;
import org.neo4j.io.ByteUnit;
import org.neo4j.kernel.internal.GraphDatabaseAPI;

/**
 * One Neo4j Community server that speaks Bolt on the loopback address.
 *
 * <p>Usage: {@code NEO4J_PASSWORD=... java -cp 'classes:lib/*' Neo4jServer HOME PORT}. Port 0 takes a free one. The
 * password of the user {@code neo4j} comes from the environment, since arguments are visible to every user of the
 * machine. Once Bolt answers, one line {@code READY URL} is printed. The server stops cleanly on SIGTERM.
 */
public final class Neo4jServer {
    private static final String LOOPBACK = "127.0.0.1";
    private static final long PAGE_CACHE_MEBIBYTES = 128;

    private Neo4jServer() {}

    public static void main(String[] arguments) {
        String password = System.getenv("NEO4J_PASSWORD");
        if (arguments.length != 2 || password == null || password.isEmpty()) {
            System.err.println("usage: NEO4J_PASSWORD=... Neo4jServer HOME PORT");
            System.exit(2);
        }
        try {
            DatabaseManagementService management = start(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
            Runtime.getRuntime().addShutdownHook(new Thread(management::shutdown, "stop-neo4j"));
            setPassword(management, password);
            System.out.println("READY bolt://" + LOOPBACK + ":" + boltPort(management));
        } catch (RuntimeException failure) {
            // Neo4j's own threads would keep the process alive after a failed start.
            failure.printStackTrace();
            System.exit(1);
        }
    }

    private static DatabaseManagementService start(Path home, int port) {
        return new DatabaseManagementServiceBuilder(home)
                .setConfig(BoltConnector.enabled, true)
                .setConfig(BoltConnector.listen_address, new SocketAddress(LOOPBACK, port))
                .setConfig(GraphDatabaseSettings.auth_enabled, true)
                // Whoever waits for the start asks with the new password before it is set: that must not lock him out.
                .setConfig(GraphDatabaseSettings.auth_max_failed_attempts, 0)
                .setConfig(GraphDatabaseSettings.pagecache_memory, ByteUnit.mebiBytes(PAGE_CACHE_MEBIBYTES))
                .build();
    }

    /** Replaces the user, because ALTER USER refuses a password that is already set. */
    private static void setPassword(DatabaseManagementService management, String password) {
        GraphDatabaseService system = management.database(GraphDatabaseSettings.SYSTEM_DATABASE_NAME);
        system.executeTransactionally(
                "CREATE OR REPLACE USER neo4j SET PASSWORD $password CHANGE NOT REQUIRED",
                Map.of("password", password));
    }

    private static int boltPort(DatabaseManagementService management) {
        GraphDatabaseAPI system =
                (GraphDatabaseAPI) management.database(GraphDatabaseSettings.SYSTEM_DATABASE_NAME);
        ConnectorPortRegister ports = system.getDependencyResolver().resolveDependency(ConnectorPortRegister.class);
        return ports.getLocalAddress(ConnectorType.BOLT).getPort();
    }
}
