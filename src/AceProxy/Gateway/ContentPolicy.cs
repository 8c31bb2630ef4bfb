using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace AceProxy.Gateway;

/// <summary><see cref="Placement"/> as YARP asks for it: streams go by their content, everything else to whoever is the least busy.</summary>
internal sealed class ContentPolicy(WorkerLoads loads, GatewayOptions options) : ILoadBalancingPolicy
{
    public const string PolicyName = "Content";

    public string Name => PolicyName;

    public DestinationState? PickDestination(HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        if (SelectorGate.KeyOf(context) is not { } content)
        {
            return availableDestinations.MinBy(destination => destination.ConcurrentRequestCount);
        }

        (string Id, int Clients)[] workers =
            [.. availableDestinations.Select(worker => (worker.DestinationId, loads.Of(worker.DestinationId, worker.ConcurrentRequestCount)))];
        int chosen = Placement.Choose(content.Value, workers, options.Bound);
        if (chosen < 0)
        {
            return null;
        }

        if (options.Mode == GatewayMode.Redirect && HttpMethods.IsGet(context.Request.Method))
        {
            loads.Expect(workers[chosen].Id);
        }

        return availableDestinations[chosen];
    }
}
