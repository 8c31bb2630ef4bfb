using System.Collections.Concurrent;
using AceProxy.Cluster.Workers;

namespace AceProxy.Gateway;

/// <summary>
/// How many clients each worker has: as it said with its last heartbeat, and those sent to it since, which it could not know of yet. Without
/// them everybody who comes between two heartbeats would find the same worker the idlest.
/// </summary>
/// <param name="memory">The longest that a player who was sent counts without the worker's entry having changed: it may never have come.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerLoads(TimeSpan memory, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Load> _loads = new(StringComparer.Ordinal);

    /// <param name="worker">Its id.</param>
    /// <param name="connected">Those whose streams pass through this gateway, a lower bound.</param>
    public int Of(string worker, int connected) =>
        _loads.TryGetValue(worker, out Load? load) ? Math.Max(load.Record.Clients + load.Placed, connected) : connected;

    /// <summary>A player is being sent to the worker.</summary>
    public void Place(string worker)
    {
        if (_loads.TryGetValue(worker, out Load? load))
        {
            Interlocked.Increment(ref load.Placed);
        }
    }

    public void Update(IReadOnlyList<WorkerRecord> listed)
    {
        foreach (WorkerRecord record in listed)
        {
            if (!_loads.TryGetValue(record.Id, out Load? load) || load.Record != record || time.GetElapsedTime(load.Since) > memory)
            {
                _loads[record.Id] = new Load(record, time.GetTimestamp());
            }
        }

        foreach (string gone in _loads.Keys.Except(listed.Select(record => record.Id)))
        {
            _loads.TryRemove(gone, out _);
        }
    }

    private sealed class Load(WorkerRecord record, long since)
    {
        public int Placed;

        public WorkerRecord Record { get; } = record;

        public long Since { get; } = since;
    }
}
