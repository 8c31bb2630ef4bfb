using AceProxy.Cluster.Connection;
using AceProxy.Operations;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace AceProxy.Gateway;

/// <summary>
/// A gateway is of use while there is a worker that is not known to be ill. Where all are, it still sends players there, who learn the reason; so
/// whom players are sent to says nothing, and the workers' own health counts.
/// </summary>
internal sealed class GatewayReadiness(IProxyStateLookup yarp, RedisConnection redis) : IReadiness
{
    public IEnumerable<string> Obstacles()
    {
        DestinationState[] workers = Workers();
        if (workers.Length == 0)
        {
            yield return "no worker is there";
        }
        else if (Array.TrueForAll(workers, IsIll))
        {
            yield return $"no worker is well, of {NamesOf(workers)}";
        }
    }

    public IEnumerable<string> Notes()
    {
        DestinationState[] workers = Workers();
        DestinationState[] ill = Array.FindAll(workers, IsIll);
        if (ill.Length > 0 && ill.Length < workers.Length)
        {
            yield return $"workers that are not well get no players: {NamesOf(ill)}";
        }

        if (redis.IsAway)
        {
            yield return "Redis is away: workers that come are not seen";
        }
    }

    private DestinationState[] Workers() => [.. yarp.GetClusters().SelectMany(cluster => cluster.DestinationsState.AllDestinations)];

    /// <summary>By its <c>/readyz</c>, or by a request that it gave no answer to.</summary>
    private static bool IsIll(DestinationState worker) =>
        worker.Health is { Active: DestinationHealth.Unhealthy } or { Passive: DestinationHealth.Unhealthy };

    private static string NamesOf(DestinationState[] workers) =>
        string.Join(", ", workers.Select(worker => worker.DestinationId).Order(StringComparer.Ordinal));
}
