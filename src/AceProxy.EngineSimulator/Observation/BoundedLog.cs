namespace AceProxy.EngineSimulator.Observation;

/// <summary>The latest entries of something, oldest first, so that a simulator left running does not grow.</summary>
internal sealed class BoundedLog<T>(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Queue<T> _entries = new();

    public long Total { get; private set; }

    public void Add(T entry)
    {
        lock (_gate)
        {
            Total++;
            if (_entries.Count == capacity)
                _entries.Dequeue();
            _entries.Enqueue(entry);
        }
    }

    public IReadOnlyList<T> Snapshot()
    {
        lock (_gate)
            return [.. _entries];
    }
}
