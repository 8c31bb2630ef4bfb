using AceProxy.Cluster.Workers;

namespace AceProxy.Gateway;

/// <summary>
/// The workers that get new players, from what Redis lists one time after the other. Redis may be restarted empty, or be slow: a worker that
/// is just no longer listed stays for a while, with the health checks to judge it. One that says that it is draining goes at once.
/// </summary>
/// <param name="hold">How long a worker that is not listed any more is still counted on.</param>
/// <param name="time">The clock.</param>
internal sealed class WorkerRoster(TimeSpan hold, TimeProvider time)
{
    private readonly Dictionary<string, (Uri Address, long Listed)> _present = new(StringComparer.Ordinal);

    /// <summary>Ids and addresses, in the order of the ids. YARP knows no case: of ids that differ in nothing else the first is here.</summary>
    public IReadOnlyList<KeyValuePair<string, Uri>> Workers { get; private set; } = [];

    /// <summary>The ids of the others.</summary>
    public IReadOnlyList<string> Namesakes { get; private set; } = [];

    /// <param name="listed">Everybody whose heartbeat is fresh.</param>
    /// <returns>Whether one of the lists is another now.</returns>
    public bool Update(IReadOnlyList<WorkerRecord> listed)
    {
        foreach (WorkerRecord worker in listed)
        {
            if (worker.Draining)
            {
                _present.Remove(worker.Id);
            }
            else
            {
                _present[worker.Id] = (new Uri(worker.Address), time.GetTimestamp());
            }
        }

        HashSet<string> ids = [.. listed.Select(worker => worker.Id)];
        HashSet<Uri> addresses = [.. listed.Select(worker => new Uri(worker.Address))];
        foreach ((string id, (Uri address, long at)) in _present.Where(present => !ids.Contains(present.Key)).ToArray())
        {
            if (addresses.Contains(address) || time.GetElapsedTime(at) > hold)
            {
                _present.Remove(id); // whoever listens there now is another, started in its place
            }
        }

        KeyValuePair<string, Uri>[] now =
            [.. _present.OrderBy(worker => worker.Key, StringComparer.Ordinal).Select(worker => KeyValuePair.Create(worker.Key, worker.Value.Address))
                .DistinctBy(worker => worker.Key, StringComparer.OrdinalIgnoreCase)];
        string[] namesakes = [.. _present.Keys.Except(now.Select(worker => worker.Key)).Order(StringComparer.Ordinal)];
        bool isAnother = !now.SequenceEqual(Workers) || !namesakes.SequenceEqual(Namesakes);
        (Workers, Namesakes) = (now, namesakes);
        return isAnother;
    }
}
