using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace AceProxy.Gateway;

/// <summary>
/// A worker that could not be reached, or broke off, gets nothing new for a while: streams last for hours, so there is no rate of failures
/// to measure, and a retry against a worker that is there costs nothing.
/// </summary>
internal sealed class FailedRequestPolicy(IDestinationHealthUpdater updater) : IPassiveHealthCheckPolicy
{
    public const string PolicyName = "FailedRequest";

    public string Name => PolicyName;

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        TimeSpan pause = cluster.Model.Config.HealthCheck!.Passive!.ReactivationPeriod!.Value;
        DestinationHealth health = IsTheWorkersFault(context.GetForwarderErrorFeature()?.Error) ? DestinationHealth.Unhealthy : DestinationHealth.Healthy;
        updater.SetPassive(cluster, destination, health, pause);
    }

    /// <summary>Not the player that hung up, nor the request that nobody could have sent.</summary>
    private static bool IsTheWorkersFault(ForwarderError? error) => error
        is ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyDestination;
}
