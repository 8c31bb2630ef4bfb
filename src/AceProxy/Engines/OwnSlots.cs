namespace AceProxy.Engines;

/// <summary>Nobody else uses the engines.</summary>
internal sealed class OwnSlots : ISlotLedger
{
    public event Action? Freed
    {
        add { }
        remove { }
    }

    public bool HearsOthers(Engine engine) => false;

    public int Elsewhere(Engine engine) => 0;

    public ValueTask<bool> TryTakeAsync(Engine engine, int most, string predecessor) => ValueTask.FromResult(true);

    public void Release(Engine engine, string heir)
    {
    }
}
