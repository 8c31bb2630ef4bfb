namespace AceProxy.Buffering;

/// <summary>A block of pinned memory that several chunks lie in, with a count of who still needs it.</summary>
internal sealed class Slab(SlabPool pool, int size)
{
    private int _references;

    /// <summary>Pinned, so that the collector never moves it and a send can use it in place.</summary>
    public byte[] Bytes { get; } = GC.AllocateUninitializedArray<byte>(size, pinned: true);

    /// <summary>For the pool, which hands it out with one reference.</summary>
    public void Rent() => Volatile.Write(ref _references, 1);

    /// <summary>For one who holds a reference already and passes a further one on.</summary>
    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>False when nobody holds it any more: then its memory may be somebody else's in a moment.</summary>
    public bool TryAddReference()
    {
        int seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            int before = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            pool.Return(this);
        }
    }
}
