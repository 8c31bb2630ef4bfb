using System.Diagnostics.Metrics;
using AceProxy.Telemetry;

namespace AceProxy.Cluster.Connection;

/// <summary>How Redis does, as instruments of the meter <c>AceProxy.Cluster</c>; a gateway has them too.</summary>
internal sealed class RedisMetrics : IStepMetrics
{
    public const string MeterName = "AceProxy.Cluster";

    public RedisMetrics(RedisConnection redis, IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        meter.CreateObservableGauge("aceproxy.redis.up", () => redis.IsThere ? 1 : 0, null, "Whether Redis has answered the last command: 1, or 0.");
        meter.CreateObservableCounter("aceproxy.redis.commands", () => redis.Commands, "{command}", "Commands sent to Redis, a script being one.");
        meter.CreateObservableGauge("aceproxy.redis.queue", () => redis.Unanswered, "{command}", "Commands that wait for Redis's answer.");
        meter.CreateObservableCounter(
            "aceproxy.redis.errors",
            () => (Measurement<long>[])[Error("away", redis.Failures), Error("refused", redis.Refusals)],
            "{command}", "Commands that Redis did not answer in time, or refused.");

        static Measurement<long> Error(string kind, long count) => new(count, new KeyValuePair<string, object?>("kind", kind));
    }
}
