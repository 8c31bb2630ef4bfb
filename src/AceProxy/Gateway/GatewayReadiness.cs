using AceProxy.Operations;
using Yarp.ReverseProxy;

namespace AceProxy.Gateway;

/// <summary>A gateway is of use while there is a worker to send players to.</summary>
internal sealed class GatewayReadiness(IProxyStateLookup yarp) : IReadiness
{
    public IEnumerable<string> Obstacles() =>
        yarp.GetClusters().Any(cluster => cluster.DestinationsState.AvailableDestinations.Count > 0) ? [] : ["no worker is there"];
}
