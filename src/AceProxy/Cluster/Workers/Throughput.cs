using AceProxy.Hosting;
using AceProxy.LiveStreams;

namespace AceProxy.Cluster.Workers;

/// <summary>How much this worker's players take, also of a worker by itself.</summary>
internal sealed class Throughput(ClusterOptions options, LiveStreamRegistry streams, TimeProvider time, ILogger<Throughput> logger)
    : SteadyService(time, logger)
{
    private long _bytesPerSecond;

    /// <summary>Over the last <c>WORKER_HEARTBEAT</c>.</summary>
    public long BytesPerSecond => Volatile.Read(ref _bytesPerSecond);

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(options.WorkerHeartbeat, Time);
        (long bytes, long at) = (streams.Bytes().Out, Time.GetTimestamp());
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            (long before, long since) = (bytes, at);
            (bytes, at) = (streams.Bytes().Out, Time.GetTimestamp());
            double seconds = Time.GetElapsedTime(since, at).TotalSeconds;
            Volatile.Write(ref _bytesPerSecond, seconds > 0 ? (long)((bytes - before) / seconds) : 0);
        }
    }
}
