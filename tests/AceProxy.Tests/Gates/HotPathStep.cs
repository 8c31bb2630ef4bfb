namespace AceProxy.Tests.Gates;

/// <summary>
/// One piece of the way from an engine's bytes to a viewer's socket, to be run again and again, and what it may leave to the garbage collector.
/// </summary>
/// <param name="name">What it does.</param>
/// <param name="unit">What is counted: packet, chunk, …</param>
/// <param name="budget">The most bytes that a unit may allocate.</param>
internal abstract class HotPathStep(string name, string unit, double budget) : IDisposable
{
    public string Name => name;

    public string Unit => unit;

    public double Budget => budget;

    /// <summary>Units in one <see cref="Run"/>.</summary>
    public abstract int Units { get; }

    /// <summary>Bytes of the stream that one <see cref="Run"/> deals with; 0 where it is not about bytes.</summary>
    public virtual long Bytes => 0;

    /// <summary>What is measured.</summary>
    public abstract void Run();

    /// <summary>Brings things back to where the next <see cref="Run"/> can begin; not measured.</summary>
    public virtual void Between()
    {
    }

    public virtual void Dispose()
    {
    }
}
