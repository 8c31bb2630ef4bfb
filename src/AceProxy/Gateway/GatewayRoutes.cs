using System.Net;
using System.Net.Sockets;
using AceProxy.Access.Limits;
using AceProxy.EngineApi;
using AceProxy.Telemetry;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Transforms;

namespace AceProxy.Gateway;

/// <summary>What YARP is told: one route, and one cluster with the workers there are.</summary>
internal static class GatewayRoutes
{
    private const string Workers = "workers";

    /// <summary>Between two questions to a worker's <c>/readyz</c>; two bad answers in a row take it out.</summary>
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    /// <summary>How long a worker that failed a request gets nothing new; by then its heartbeat or the probes have told more.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Without a byte from the worker or taken by the player. Longer than a worker can be told to wait (UPSTREAM_GIVE_UP, CLIENT_STALL_TIMEOUT
    /// and PROXY_INIT_TIMEOUT end at an hour), because the worker knows why there is silence and the gateway does not: it ends streams that
    /// are over, and so this only bounds what a worker leaves that neither speaks nor dies. YARP's own default of 100 s would cut streams
    /// whose engine is being replaced and players that pause.
    /// </summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromHours(2);

    public static RouteConfig[] Routes { get; } =
    [
        new()
        {
            RouteId = "everything",
            ClusterId = Workers,
            Match = new RouteMatch { Path = "/{**path}" },
            // Links that a worker writes must lead back through the gateway.
            Transforms = [new Dictionary<string, string> { ["RequestHeaderOriginalHost"] = "true" }],
        },
    ];

    /// <param name="workers">Ids and addresses.</param>
    public static ClusterConfig[] ClusterOf(IEnumerable<KeyValuePair<string, Uri>> workers) =>
    [
        new()
        {
            ClusterId = Workers,
            LoadBalancingPolicy = ContentPolicy.PolicyName,
            HealthCheck = new HealthCheckConfig
            {
                // When no worker seems well, asking one that seems ill gives the player a better reason than the gateway could.
                AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
                Active = new ActiveHealthCheckConfig
                {
                    Enabled = true, Path = "/readyz", Interval = ProbeInterval, Timeout = ProbeTimeout,
                    Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures,
                },
                Passive = new PassiveHealthCheckConfig { Enabled = true, Policy = FailedRequestPolicy.PolicyName, ReactivationPeriod = Pause },
            },
            // HTTP/1.1 to workers: a connection a stream, which they fan out to without copies.
            HttpRequest = new ForwarderRequestConfig
            {
                Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact, ActivityTimeout = LongestSilence,
            },
            Destinations = workers.ToDictionary(
                worker => worker.Key, worker => new DestinationConfig { Address = worker.Value.ToString() }, StringComparer.OrdinalIgnoreCase),
        },
    ];

    public static void ConfigureConnections(SocketsHttpHandler handler)
    {
        handler.MaxResponseDrainSize = 0; // a player that leaves leaves the worker at once: an endless body is not read to its end
        handler.ConnectTimeout = ConnectTimeout;
        handler.ActivityHeadersPropagator = new ReverseProxyPropagator(TracePropagator.Instance); // what the player sent is replaced
        handler.ConnectCallback = (context, cancellation) => TcpConnection.OpenAsync(context.DnsEndPoint, AskSilentPeers, cancellation);
        handler.PlaintextStreamFilter = // SecondTry decides who is asked again
            (context, _) => ValueTask.FromResult<Stream>(new SingleAttemptStream(context.PlaintextStream));
    }

    /// <summary>Streams and events go on.</summary>
    public static ValueTask LiftDeadline(ResponseTransformContext context)
    {
        if (context.ProxyResponse?.Content.Headers.ContentType?.MediaType is "video/mp2t" or "text/event-stream")
        {
            AnswerDeadline.Lift(context.HttpContext);
        }

        return default;
    }

    /// <summary>A machine that vanishes says nothing: TCP asks after 10 s of silence, every 5 s, and gives up after 25 s.</summary>
    private static void AskSilentPeers(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
    }
}
