using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace AceProxy.Gateway;

/// <summary>
/// A worker that could not be reached, or gave no answer, gets nothing new for a while: streams last for hours, so there is no rate of
/// failures to measure, and a retry against a worker that is there costs nothing. A response that breaks off says nothing: that is how a
/// worker ends a player that stands still.
/// </summary>
internal sealed class FailedRequestPolicy(IDestinationHealthUpdater updater) : IPassiveHealthCheckPolicy
{
    public const string PolicyName = "FailedRequest";

    public string Name => PolicyName;

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        TimeSpan pause = cluster.Model.Config.HealthCheck!.Passive!.ReactivationPeriod!.Value;
        switch (context.GetForwarderErrorFeature()?.Error)
        {
            case null:
                updater.SetPassive(cluster, destination, DestinationHealth.Healthy, pause);
                break;
            case ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.ResponseHeaders:
                updater.SetPassive(cluster, destination, DestinationHealth.Unhealthy, pause);
                break;
            default:
                break; // nor does a player that hung up
        }
    }
}
