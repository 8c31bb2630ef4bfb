using System.Diagnostics.Metrics;
using AceProxy.Cluster.Connection;
using AceProxy.Telemetry;

namespace AceProxy.Cluster;

/// <summary>What is shared with other workers, as instruments of the meter <c>AceProxy.Cluster</c>; read off <see cref="ClusterCounters"/>.</summary>
internal sealed class ClusterMetrics : IStepMetrics
{
    public ClusterMetrics(ClusterCounters counters, IMeterFactory meters)
    {
        Meter meter = meters.Create(RedisMetrics.MeterName);
        meter.CreateObservableGauge("aceproxy.cluster.leases", () => counters.LeasesHeld, "{lease}", "Streams that this worker holds the lease of.");
        Count("aceproxy.cluster.leases.lost", "{lease}", "Leases that ran out, or were another's, while their stream was being read.", () => counters.LeasesLost);
        Count("aceproxy.cluster.takeovers", "{stream}", "Streams that were followed, and are owned since.", () => counters.TakeOvers);
        Count("aceproxy.cluster.handovers", "{stream}", "Streams that were given to another worker on purpose.", () => counters.HandOvers);
        Count("aceproxy.cluster.segments.written", "{segment}", "Segments written to Redis.", () => counters.SegmentsWritten);
        Count("aceproxy.cluster.segments.read", "{segment}", "Segments read from Redis.", () => counters.SegmentsRead);
        Count("aceproxy.cluster.written", "By", "Bytes of segments written to Redis.", () => counters.BytesWritten);
        Count("aceproxy.cluster.read", "By", "Bytes of segments read from Redis.", () => counters.BytesRead);
        Count("aceproxy.cluster.segments.missing", "{segment}", "Segments that should have been in Redis and were not.", () => counters.SegmentsMissing);
        Count("aceproxy.cluster.segments.bad", "{segment}", "Segments that made no sense.", () => counters.SegmentsBad);
        Count("aceproxy.cluster.chunks.dropped", "{chunk}", "Chunks that the ring had dropped before Redis took them.", () => counters.ChunksDropped);

        void Count(string name, string unit, string description, Func<long> count) => meter.CreateObservableCounter(name, count, unit, description);
    }
}
