using AceProxy.Cluster.Connection;
using AceProxy.Operations;
using Yarp.ReverseProxy;

namespace AceProxy.Gateway;

/// <summary>A gateway is of use while there is a worker to send players to.</summary>
internal sealed class GatewayReadiness(IProxyStateLookup yarp, RedisConnection redis) : IReadiness
{
    public IEnumerable<string> Obstacles() =>
        yarp.GetClusters().Any(cluster => cluster.DestinationsState.AvailableDestinations.Count > 0) ? [] : ["no worker is there"];

    public IEnumerable<string> Notes() => redis.IsAway ? ["Redis is away: workers that come are not seen"] : [];
}
