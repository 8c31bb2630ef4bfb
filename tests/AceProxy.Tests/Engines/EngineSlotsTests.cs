using AceProxy.Engines;

namespace AceProxy.Tests.Engines;

public sealed class EngineSlotsTests
{
    [Fact]
    public async Task TryTake_TheLedgerThrows_LeavesNothingTaken()
    {
        await using var engines = new EnginesUnderTest("a:6878");
        Engine engine = engines["a:6878"];
        var slots = new EngineSlots(engines.Options, new BrokenLedger());

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await slots.TryTakeAsync(engine));

        Assert.Equal(0, slots.Taken(engine));
    }

    private sealed class BrokenLedger : ISlotLedger
    {
        public event Action? Freed
        {
            add { }
            remove { }
        }

        public bool HearsOthers(Engine engine) => false;

        public int Elsewhere(Engine engine) => 0;

        public ValueTask<bool> TryTakeAsync(Engine engine, int most, string predecessor) => throw new InvalidOperationException();

        public void Release(Engine engine, string heir)
        {
        }
    }
}
