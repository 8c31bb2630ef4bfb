using AceProxy.Buffering;

namespace AceProxy.Tests.Buffering;

public sealed class SlabPoolTests
{
    [Fact]
    public void Release_LastReference_ReturnsTheSlabForReuse()
    {
        var pool = new SlabPool { SlabSize = 10 };
        Slab slab = pool.Rent();
        slab.AddReference();

        slab.Release();
        Assert.Equal(1, pool.Rented);
        slab.Release();

        Assert.Equal(0, pool.Rented);
        Assert.Same(slab, pool.Rent());
    }

    [Fact]
    public void TryAddReference_NobodyHoldsIt_IsRefused()
    {
        var pool = new SlabPool { SlabSize = 10 };
        Slab slab = pool.Rent();

        Assert.True(slab.TryAddReference());
        slab.Release();
        slab.Release();

        Assert.False(slab.TryAddReference());
        Assert.Equal(0, pool.Rented);
    }

    [Fact]
    public void Return_ManyAtOnce_KeepsTheMemoryOfABoundedNumber()
    {
        var pool = new SlabPool { SlabSize = 10 };
        Slab[] slabs = [.. Enumerable.Range(0, 100).Select(_ => pool.Rent())];
        Assert.All(slabs, slab => slab.GetSpan().Fill(0xAB));

        Assert.All(slabs, slab => slab.Release());
        Slab[] again = [.. Enumerable.Range(0, 100).Select(_ => pool.Rent())];

        // Given back to the system, memory reads as zeros where it is a file's.
        Assert.Equal(64, again.Count(slab => slab.GetSpan()[0] == 0xAB));
    }

    [Fact]
    public void Return_SentInPlace_GivesItsPagesAwayUntouched()
    {
        var pool = new SlabPool();
        Slab slab = pool.Rent();
        slab.GetSpan().Fill(0xAB);
        slab.IsSentInPlace = true;

        slab.Release();
        Slab next = pool.Rent();

        Assert.Same(slab, next);
        Assert.False(next.IsSentInPlace);
        Assert.Equal(-1, next.GetSpan().IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public async Task Release_InParallel_CountsEveryReference()
    {
        var pool = new SlabPool { SlabSize = 10 };
        Slab slab = pool.Rent();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                Assert.True(slab.TryAddReference());
                slab.Release();
            }
        })));

        Assert.Equal(1, pool.Rented);
        slab.Release();
        Assert.Equal(0, pool.Rented);
    }
}
