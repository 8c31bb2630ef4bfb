using AceProxy.Events;
using AceProxy.Hosting;
using AceProxy.LiveStreams;
using AceProxy.Telemetry;

namespace AceProxy.Cluster.Workers;

/// <summary>Tells the others that this worker is there, and how it fares.</summary>
internal sealed class WorkerHeartbeat(
    ClusterOptions options, WorkerIdentity identity, WorkerDirectory directory, LiveStreamRegistry streams, Throughput throughput, Drain drain,
    EventLog events, TimeProvider time, ILogger<WorkerHeartbeat> logger)
    : SteadyService(time, logger)
{
    private bool _isEntered;
    private DateTimeOffset? _namesake;

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Min(options.WorkerHeartbeat.TotalSeconds, 0.5)), Time);
        long? last = null;
        bool wasDraining = false;
        try
        {
            do
            {
                // A drain, and the first beat once the server listens, are told within half a second.
                bool isDue = last is not { } at || Time.GetElapsedTime(at) >= options.WorkerHeartbeat || drain.IsDraining != wasDraining;
                if (isDue && identity.Address is { } address)
                {
                    (last, wasDraining) = (Time.GetTimestamp(), drain.IsDraining);
                    Tell((await directory.WriteAsync(Record(address))).Value);
                }
            }
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The worker is stopping.
        }

        events.Record(new ProxyEvent(EventKind.WorkerLeft) { Reason = "it has ended" });
        await directory.DeleteAsync(identity.Id);
    }

    private void Tell(DirectoryChange? change)
    {
        if (change is null)
        {
            return; // Redis is away
        }

        if (change.IsNew)
        {
            events.Record(new ProxyEvent(EventKind.WorkerJoined));
        }

        // Before the first beat it was a process before this one, perhaps.
        if (_isEntered && change.Before is { } before && before.Started != identity.Started && before.Started != _namesake)
        {
            _namesake = before.Started;
            ClusterLog.SameWorkerId(Logger, identity.Id, Words.Tame(before.Address));
        }

        _isEntered = true;
        foreach (string worker in change.Gone)
        {
            events.Record(new ProxyEvent(EventKind.WorkerLeft) { Worker = worker, Reason = "its heartbeat has stopped" });
        }
    }

    private WorkerRecord Record(string address)
    {
        IReadOnlyList<LiveStream> all = streams.All();
        return new WorkerRecord
        {
            Id = identity.Id,
            Address = address,
            Version = identity.Version,
            Started = identity.Started,
            Streams = all.Count,
            Clients = all.Sum(stream => stream.ClientCount),
            BytesPerSecond = throughput.BytesPerSecond,
            Draining = drain.IsDraining,
        };
    }
}
