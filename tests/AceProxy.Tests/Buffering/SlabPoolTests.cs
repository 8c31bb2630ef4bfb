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
    public void Return_ManyAtOnce_KeepsABoundedNumber()
    {
        var pool = new SlabPool { SlabSize = 10 };
        Slab[] first = [.. Enumerable.Range(0, 100).Select(_ => pool.Rent())];

        Assert.All(first, slab => slab.Release());
        Slab[] second = [.. Enumerable.Range(0, 100).Select(_ => pool.Rent())];

        Assert.Equal(64, second.Intersect(first).Count());
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
