using AceProxy.Cluster.Workers;

namespace AceProxy.Gateway;

/// <summary>
/// How many clients each worker has: as it said with its last heartbeat, and those who were redirected to it and are not among them yet.
/// Without the latter everybody who comes between two heartbeats would find the same worker the idlest.
/// </summary>
/// <param name="memory">How long a player who was redirected is expected to turn up in the worker's count; some never do.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerLoads(TimeSpan memory, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Load> _loads = new(StringComparer.Ordinal);

    /// <param name="worker">Its id.</param>
    /// <param name="connected">Those whose streams pass through this gateway: it knows of them before the worker has told.</param>
    public int Of(string worker, int connected)
    {
        lock (_gate)
        {
            if (!_loads.TryGetValue(worker, out Load? load))
            {
                return connected;
            }

            Forget(load);
            return Math.Max(load.Clients + load.Expected.Count, connected);
        }
    }

    /// <summary>A player is being redirected to the worker.</summary>
    public void Expect(string worker)
    {
        lock (_gate)
        {
            if (_loads.TryGetValue(worker, out Load? load))
            {
                Forget(load);
                load.Expected.Enqueue(time.GetTimestamp());
            }
        }
    }

    public void Update(IReadOnlyList<WorkerRecord> listed)
    {
        lock (_gate)
        {
            foreach (WorkerRecord record in listed)
            {
                if (!_loads.TryGetValue(record.Id, out Load? load))
                {
                    _loads.Add(record.Id, load = new Load { Clients = record.Clients });
                }

                // Whoever has come since the last count was expected, the longest first.
                for (int arrived = record.Clients - load.Clients; arrived > 0 && load.Expected.TryDequeue(out _); arrived--)
                {
                }

                load.Clients = record.Clients;
            }

            foreach (string gone in _loads.Keys.Except(listed.Select(record => record.Id)).ToArray())
            {
                _loads.Remove(gone);
            }
        }
    }

    /// <summary>Whoever should have turned up by now; also while nobody tells, because Redis is away.</summary>
    private void Forget(Load load)
    {
        while (load.Expected.TryPeek(out long since) && time.GetElapsedTime(since) > memory)
        {
            load.Expected.Dequeue();
        }
    }

    private sealed class Load
    {
        public int Clients { get; set; }

        /// <summary>When each was sent.</summary>
        public Queue<long> Expected { get; } = [];
    }
}
