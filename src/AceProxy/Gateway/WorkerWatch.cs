using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Workers;
using AceProxy.Hosting;
using Yarp.ReverseProxy.Configuration;

namespace AceProxy.Gateway;

/// <summary>Looks again and again which workers there are, and tells YARP. While Redis is away the last known ones stay.</summary>
internal sealed class WorkerWatch(
    WorkerDirectory directory, WorkerRoster roster, WorkerLoads loads, InMemoryConfigProvider yarp, TimeProvider time, ILogger<WorkerWatch> logger)
    : SteadyService(time, logger)
{
    /// <summary>One small script on Redis each.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval, Time);
        do
        {
            await LookAsync();
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    private async Task LookAsync()
    {
        Answer<IReadOnlyList<WorkerRecord>> answer = await directory.ReadAsync();
        if (answer.Value is not { } listed)
        {
            return;
        }

        loads.Update(listed);
        if (roster.Update(listed))
        {
            yarp.Update(GatewayRoutes.Routes, GatewayRoutes.ClusterOf(roster.Workers));
            GatewayLog.WorkersChanged(
                Logger, roster.Workers.Count, string.Join(", ", roster.Workers.Select(worker => $"{worker.Key} at {worker.Value.Authority}")));
            if (roster.Namesakes.Count > 0)
            {
                GatewayLog.Namesakes(Logger, string.Join(", ", roster.Namesakes));
            }
        }
    }
}
